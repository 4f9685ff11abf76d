import { presignedUrlsContract } from '../contracts/presigned-urls.ts';
import { startAudioStore } from '../servers/s3.ts';

presignedUrlsContract(startAudioStore);
